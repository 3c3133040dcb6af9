/**
 * How the number of workers follows the work. The workers measure by these numbers, the deployed
 * policy acts by them, and the simulation in test/simulation runs on them.
 */
export const SCALING = {
  /** A waiting task counts as much of a slot as it needs for its turn to come within this time. */
  startWithinSeconds: 60,
  /** Run time of a task before it is measured. */
  assumedRunSeconds: 1,
  /** Share of all slots that should be in use: the rest takes up what varies from minute to minute. */
  targetLoad: 0.8,
} as const;

/** Share of a slot that a waiting task needs, 0 to 1. @param runSeconds its expected run time */
export const slotsPerTask = (runSeconds: number): number =>
  Math.min(runSeconds / SCALING.startWithinSeconds, 1);
