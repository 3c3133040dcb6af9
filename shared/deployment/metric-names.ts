/** Workers write these metrics in CloudWatch's embedded format; dashboards and alarms read them. */
export const METRIC_NAMESPACE = 'TaskQueue';

/** Names what the dimension `service` is to be. */
export const SERVICE_NAME_VARIABLE = 'POWERTOOLS_SERVICE_NAME';

/** The dimension `service`, where the variable is not set. */
export const DEFAULT_SERVICE_NAME = 'task-queue';

/** With the dimensions `service` and `queue`. */
export type QueueMetric =
  | 'Picked'
  | 'Completed'
  | 'Failed'
  | 'Retried'
  | 'PickupLatency'
  | 'RunTime'
  | 'Buffered'
  | 'BusySlots'
  | 'EmptyReceives'
  | 'RequestsPerTask'
  | 'Backlog'
  | 'OldestWait'
  | 'DeadLetters';

/**
 * With the dimension `service` only. Every worker writes them once a minute, zeros too, so that their
 * `SampleCount` is the number of workers.
 */
export type ServiceMetric = 'Tasks' | 'Slots' | 'SlotsHeld' | 'SlotsWanted';
