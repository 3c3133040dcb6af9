import { allResources, spelled, withoutHash } from './all-templates.ts';

export type Allowed = {
  /** `Api EnqueueRoleDefaultPolicy`: the stack, and whose policy it is. */
  readonly where: string;
  readonly type: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: readonly string[];
  readonly conditions: object | undefined;
};

type Statement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: string | Readonly<Record<string, unknown>>;
  readonly Condition?: object;
};

/**
 * All that any policy in any template allows, of roles, queues, buckets, keys, topics and the like. One
 * that allows all but something (`NotAction`) allows "*".
 */
export const allowedStatements = (): readonly Allowed[] =>
  allResources().flatMap(({ stack, logicalId, Type, Properties }) =>
    statementsIn(Properties)
      .filter(({ Effect }) => Effect === 'Allow')
      .map(({ Action = '*', Resource, Principal, Condition, ...rest }) => ({
        where: `${stack} ${withoutHash(logicalId)}`,
        type: Type,
        actions: [Action].flat(),
        resources: 'NotResource' in rest ? ['*'] : listed(Resource),
        principals: principalsOf(Principal),
        conditions: Condition,
      })),
  );

const listed = (value: unknown): string[] =>
  value === undefined ? [] : [value].flat().map(spelled);

const principalsOf = (principal: Statement['Principal']): string[] =>
  typeof principal === 'object' ? Object.values(principal).flatMap(listed) : listed(principal);

/** Policies are in properties of many names; all have statements. */
function statementsIn(value: unknown): Statement[] {
  if (typeof value !== 'object' || value === null) return [];
  const { Statement: found, ...rest } = value as { readonly Statement?: Statement | Statement[] };
  const nested = Object.values(rest).flatMap(statementsIn);
  return found === undefined ? nested : [...[found].flat(), ...nested];
}
