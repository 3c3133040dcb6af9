/**
 * How the number of workers follows the work. The workers measure by these numbers, the deployed
 * policy acts by them, and the simulation in test/simulation runs on them.
 */
export const SCALING = {
  /** A waiting task counts as much of a slot as it needs for its turn to come within this time. */
  startWithinSeconds: 60,
  /** What a task takes, while nobody has measured it. */
  assumedRunSeconds: 1,
  /** Share of all slots that should be in use: the rest takes up what varies from minute to minute. */
  targetLoad: 0.8,
} as const;

/** What part of a slot one waiting task is worth, 0 to 1. @param runSeconds how long it will take */
export const slotsPerTask = (runSeconds: number): number =>
  Math.min(runSeconds / SCALING.startWithinSeconds, 1);
