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

export type WorkerLimits = {
  /** Tasks that one worker runs at once. */
  readonly slots: number;
  /** 0: none while there is nothing to do. */
  readonly minWorkers: number;
  readonly maxWorkers: number;
};

export type WakeStep = {
  /** Fewest waiting tasks for this step. */
  readonly tasks: number;
  readonly workers: number;
};

/** Starts the first workers: as many as the waiting tasks need, with an assumed run time. */
const wakeSteps = ({ slots, maxWorkers }: WorkerLimits): WakeStep[] => {
  const slotsOfTask = slotsPerTask(SCALING.assumedRunSeconds);
  const tasksPerWorker = Math.round((slots * SCALING.targetLoad) / slotsOfTask);
  const steps: WakeStep[] = [{ tasks: 1, workers: 1 }];
  // In doublings: a policy may have 20 steps.
  // https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-quotas.html
  for (let workers = 1; workers < maxWorkers; workers *= 2) {
    const more = Math.min(workers * 2, maxWorkers);
    steps.push({ tasks: workers * tasksPerWorker + 1, workers: more });
  }
  return steps;
};

/** The numbers of the scaling policies, for the construct that deploys them and the simulation. */
export const scalingPolicyFor = (limits: WorkerLimits) => ({
  ...limits,
  targetLoad: SCALING.targetLoad,
  /** The time that a new worker needs to start and to appear in the metrics. */
  scaleOutCooldownSeconds: 240,
  scaleInCooldownSeconds: 300,
  wake: {
    steps: wakeSteps(limits),
    cooldownSeconds: 300,
  },
  sleep: {
    /** The last workers stop after this many minutes with nothing waiting or in flight. */
    idleMinutes: 10,
    /** The alarm needs some minutes to see that no worker is left. */
    cooldownSeconds: 300,
  },
});

export type ScalingPolicy = ReturnType<typeof scalingPolicyFor>;
