import type { TimeZone } from 'aws-cdk-lib';
import type { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { defined } from '../../../shared/defined.ts';
import type { ScalingPolicy } from '../../../shared/deployment/scaling.ts';
import { ConfigInvalidError } from '../../../shared/errors.ts';

/** Limits that apply from a point in time until the next schedule changes them. */
export interface WorkerSchedule {
  readonly schedule: Schedule;

  /** @default UTC */
  readonly timeZone?: TimeZone;

  /** 0 to 1,000; 0 only if the service itself may have none. @default unchanged */
  readonly minWorkers?: number;

  /** 0 to 1,000. @default unchanged */
  readonly maxWorkers?: number;
}

type Limits = Pick<WorkerSchedule, 'minWorkers' | 'maxWorkers'>;

/** @throws {ConfigInvalidError} naming everything that is wrong with them */
export function assertLimits(name: string, limits: Limits, policy: ScalingPolicy): void {
  const { minWorkers, maxWorkers } = limits;
  const problems = [
    ...Object.entries(defined(limits)).map(
      ([path, workers]) =>
        !(Number.isInteger(workers) && workers >= 0 && workers <= 1000) && {
          path,
          message: `must be a whole number, 0 to 1000, not ${workers}`,
        },
    ),
    minWorkers === undefined &&
      maxWorkers === undefined && {
        path: '',
        message: 'changes neither minWorkers nor maxWorkers',
      },
    minWorkers !== undefined &&
      minWorkers > (maxWorkers ?? policy.maxWorkers) && {
        path: 'minWorkers',
        message: `${minWorkers} are more than maxWorkers, ${maxWorkers ?? policy.maxWorkers}`,
      },
    minWorkers === 0 &&
      policy.minWorkers > 0 && {
        path: 'minWorkers',
        message: `must be 1 at least: nothing starts workers again where the service has always ${policy.minWorkers}`,
      },
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new ConfigInvalidError(`of the schedule "${name}"`, problems);
}
