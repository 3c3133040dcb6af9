import { demandOf, RunTimes } from '../../functions/telemetry/demand.ts';
import type { ScalingPolicy } from '../../shared/deployment/scaling.ts';
import { AutoScaling } from './auto-scaling.ts';
import { Backlog } from './backlog.ts';
import { CloudWatch } from './cloudwatch.ts';
import type { Curve } from './curves.ts';
import { Fleet } from './fleet.ts';
import type { SimulatedWorker } from './simulated-worker.ts';

export type SimulationOptions = {
  readonly curve: Curve;
  readonly policy: ScalingPolicy;
  /** From the end of a metric's minute until an alarm sees it. @default 60 */
  readonly metricDelaySeconds?: number;
  /** From asking for a worker until it polls. @default 50 */
  readonly startSeconds?: number;
  /** Second of a deployment. @default none */
  readonly deployAt?: number;
};

export type Minute = {
  readonly at: number;
  readonly waiting: number;
  readonly workers: number;
  readonly desired: number;
};

export type Outcome = {
  readonly minutes: readonly Minute[];
  /** Second in which the last task that arrived had ended. */
  readonly drainedAt: number;
  readonly done: number;
  /** Tasks whose worker went before they had ended. They are run again. */
  readonly killed: number;
  readonly workerSeconds: number;
  /** Longest that a task waited to be begun, in seconds. */
  readonly longestWait: number;
  /** Second in which the last worker from before the deployment had ended. */
  readonly deployedAt: number | undefined;
};

const QUEUE = 'main';
/** Alarms are looked at once a minute, not as it begins. */
const ALARM_PHASE = 15;

/** Runs a curve of arriving tasks through queue, workers, metrics and policy, second by second. */
export function simulate(options: SimulationOptions): Outcome {
  const { curve, policy, metricDelaySeconds = 60, startSeconds = 50, deployAt } = options;
  const cloudWatch = new CloudWatch(metricDelaySeconds);
  const scaling = new AutoScaling(policy, cloudWatch);
  const fleet = new Fleet({ slots: policy.slots, startSeconds, desired: policy.minWorkers });
  const backlog = new Backlog();
  const report = reporter(cloudWatch, fleet, backlog);
  const minutes: Minute[] = [];
  let done = 0;
  let drainedAt = 0;
  let workerSeconds = 0;

  for (let now = 0; now < curve.seconds; now++) {
    backlog.add(curve.arrivals(now), now);
    if (now === deployAt) fleet.deploy();
    const { ended, killed } = fleet.tick(now, curve.runSeconds);
    done += ended;
    if (ended > 0) drainedAt = now;
    backlog.giveBack(killed, now);
    fleet.begin(now, curve.runSeconds, backlog);
    if (now % 60 === 0) minutes.push(report(now));
    if (now % 60 === ALARM_PHASE) fleet.desired = scaling.evaluate(now, fleet.desired);
    workerSeconds += fleet.workers.length;
  }
  const { longestWait } = backlog;
  const { killed, deployedAt } = fleet;
  return { minutes, drainedAt, done, killed, workerSeconds, longestWait, deployedAt };
}

/** Writes what SQS and the workers do as a minute ends. */
function reporter(cloudWatch: CloudWatch, fleet: Fleet, backlog: Backlog) {
  const runTimes = new Map<SimulatedWorker, RunTimes>();

  const reportOf = (worker: SimulatedWorker, now: number): void => {
    const times = runTimes.get(worker) ?? new RunTimes();
    runTimes.set(worker, times);
    times.note(QUEUE, worker.takeInterval(), worker.busySlots);
    const { slotsHeld, slotsWanted, tasks } = demandOf([
      {
        waiting: backlog.waiting,
        inFlight: fleet.running,
        // The model's workers take a task when they begin it.
        buffered: 0,
        running: worker.busySlots,
        runSeconds: times.of(QUEUE),
        isPaused: false,
      },
    ]);
    cloudWatch.put('Slots', now, worker.slots);
    cloudWatch.put('SlotsHeld', now, slotsHeld);
    cloudWatch.put('SlotsWanted', now, slotsWanted);
    cloudWatch.put('Tasks', now, tasks);
  };

  return (now: number): Minute => {
    const { waiting } = backlog;
    const workers = fleet.ready(now);
    cloudWatch.put('Visible', now, waiting);
    for (const worker of workers) reportOf(worker, now);
    return { at: now, waiting, workers: workers.length, desired: fleet.desired };
  };
}
