import { SCALING, slotsPerTask } from '../shared/deployment/scaling.ts';

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
    /** Nothing waiting or in flight in so many minutes on end: then there is no worker any more. */
    idleMinutes: 10,
    /** It takes the alarm some minutes to see that there is no worker any more. */
    cooldownSeconds: 300,
  },
});

export type ScalingPolicy = ReturnType<typeof scalingPolicyFor>;
