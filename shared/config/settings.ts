import { strictObject } from '../strict-object.ts';

/** An object of the configuration. */
export const settings = strictObject;
