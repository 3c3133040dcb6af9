import { CHANGES } from './changes.ts';
import type { Check } from './check.ts';
import { FLEETS } from './fleets.ts';
import { SELECTION } from './selection.ts';
import { SHARES } from './shares.ts';
import { URGENT } from './urgent.ts';

export const CHECKS: readonly Check[] = [...SELECTION, ...SHARES, ...URGENT, ...FLEETS, ...CHANGES];
