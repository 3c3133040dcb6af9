import type * as z from 'zod';
import type { TaskDefinition } from '../task/task-definition.ts';

/** The contracts of a deployment: `typeof contracts`. */
export type Contracts = readonly TaskDefinition[];

export type TaskName<Tasks extends Contracts> = Tasks[number]['name'];

/** What the task of this name accepts. */
export type ParametersOf<Tasks extends Contracts, Name extends TaskName<Tasks>> = z.input<
  Extract<Tasks[number], { readonly name: Name }>['parameters']
>;

export type EnqueueOptions = {
  /** For people. @default the name */
  readonly label?: string;
  /** Whose task it is; only an admin may name somebody else. Null: the system's. @default the caller's */
  readonly owner?: string | null;
  /** Not before this many seconds from now, 0 to 900. */
  readonly delaySeconds?: number;
  /** True: its children do not change its status. @default false */
  readonly masterStatus?: boolean;
};

/** A task of any name, with the parameters of that name. */
export type NewTask<Tasks extends Contracts> = {
  [Name in TaskName<Tasks>]: EnqueueOptions & {
    readonly name: Name;
    readonly parameters: ParametersOf<Tasks, Name>;
  };
}[TaskName<Tasks>];
