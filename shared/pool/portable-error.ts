import * as taskQueueErrors from '../errors.ts';
import * as handlerErrors from '../task/task-context.ts';
import * as stopReasons from '../worker/stop-reasons.ts';

/** An error in a form that keeps its class when it is sent to another process. */
export type PortableError = {
  /** The nearest class of this project. */
  readonly type: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** The extra fields of this project's classes. */
  readonly details: Record<string, unknown>;
  readonly cause?: PortableError;
};

/** The classes that workers and handlers distinguish. */
const CLASSES: Record<string, unknown> = { ...taskQueueErrors, ...handlerErrors, ...stopReasons };
const DETAILS = ['code', 'problems', 'delaySeconds'];

/** Converts whatever was thrown. */
export function toPortable(thrown: unknown): PortableError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack, cause } = error;
  const details = Object.entries(error).filter(([key]) => DETAILS.includes(key));
  return {
    type: typeOf(error),
    name,
    message,
    stack,
    details: Object.fromEntries(details),
    cause: cause === undefined ? undefined : toPortable(cause),
  };
}

/** Converts back. The error is an instance of its class again, if the class is one of this project. */
export function fromPortable({ type, details, cause, ...rest }: PortableError): Error {
  const error = new Error(rest.message, cause && { cause: fromPortable(cause) });
  const known = CLASSES[type];
  if (typeof known === 'function') Object.setPrototypeOf(error, known.prototype);
  return Object.assign(error, rest, details);
}

function typeOf(error: Error): string {
  for (let prototype = proto(error); prototype !== null; prototype = proto(prototype)) {
    // By identity, because a bundle shortens the names of classes.
    const found = Object.entries(CLASSES).find(([, known]) => known === prototype?.constructor);
    if (found) return found[0];
  }
  return 'Error';
}

const proto = (of: object): object | null => Object.getPrototypeOf(of);
