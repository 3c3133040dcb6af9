import * as taskQueueErrors from '../errors.ts';
import * as handlerErrors from '../task/handler-errors.ts';
import * as stopReasons from '../worker/stop-reasons.ts';

/** An error on its way to another process, where its class would be lost. */
export type PortableError = {
  /** The nearest class of ours. */
  readonly type: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** What our classes carry. */
  readonly details: Record<string, unknown>;
  readonly cause?: PortableError;
};

/** Those that the worker, or a handler, tells apart. */
const CLASSES: Record<string, unknown> = { ...taskQueueErrors, ...handlerErrors, ...stopReasons };
const DETAILS = ['code', 'problems', 'delaySeconds'];

/** Anything that can be thrown. */
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
    ...(cause !== undefined && { cause: toPortable(cause) }),
  };
}

/** The error, an instance of its class again as far as it is one of ours. */
export function fromPortable({ type, details, cause, ...rest }: PortableError): Error {
  const error = new Error(rest.message, cause && { cause: fromPortable(cause) });
  const ours = CLASSES[type];
  if (typeof ours === 'function') Object.setPrototypeOf(error, ours.prototype);
  return Object.assign(error, rest, details);
}

function typeOf(error: Error): string {
  for (let prototype = proto(error); prototype !== null; prototype = proto(prototype)) {
    // Not by its own name: a bundle shortens that.
    const ours = Object.entries(CLASSES).find(([, known]) => known === prototype?.constructor);
    if (ours) return ours[0];
  }
  return 'Error';
}

const proto = (of: object): object | null => Object.getPrototypeOf(of);
