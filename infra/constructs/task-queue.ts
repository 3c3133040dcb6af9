import { Duration, Names, Stack } from 'aws-cdk-lib';
import { MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ROUTING_VARIABLE, routingOf } from '../../shared/deployment/routing.ts';
import { scalingPolicyFor } from '../../shared/deployment/scaling.ts';
import { RESOURCES_VARIABLE } from '../../shared/deployment/stack-outputs.ts';
import { ConfigInvalidError } from '../../shared/errors.ts';
import { serviceMetric } from '../worker-metrics.ts';
import { bundleTasks, sourceOf } from './project-tasks.ts';
import type { DatabaseNetwork } from './store/database-network.ts';
import { addStoreOutputs, TaskStore } from './store/task-store.ts';
import { TaskApi } from './task-api.ts';
import { TaskQueueAlarms } from './task-queue-alarms.ts';
import { TaskQueueDashboard } from './task-queue-dashboard.ts';
import { settingsOf, type TaskQueueProps, type TaskQueueSettings } from './task-queue-props.ts';

import { addWorkers } from './worker/add-workers.ts';
import type { WorkerService } from './worker/worker-service.ts';

/** A metric expression reads ten metrics at most. */
const METRICS_OF_AN_EXPRESSION = 10;

/**
 * A weighted task queue with tasks of your own: queues, task log, files, HTTP API, workers, dashboard
 * and alarms, in any stack. A stack can have one.
 */
export class TaskQueue extends Construct {
  /** URL of the HTTP API, with a slash at its end. */
  readonly url: string;

  /**
   * Its `scaleOnSchedule` changes the number of workers by time. A grant to it is a grant to the
   * handlers.
   */
  readonly worker: WorkerService;

  /** Variables of a process that enqueues with `createEnqueuer`. It also needs `grantEnqueue`. */
  readonly environment: Readonly<Record<string, string>>;

  /** The network of the databases. Absent: neither queues nor task log are on PostgreSQL. */
  readonly network: DatabaseNetwork | undefined;

  readonly #api: TaskApi;
  readonly #serviceName: string;
  readonly #store: TaskStore;

  /** @throws {ConfigInvalidError} naming everything that is wrong with props and tasks */
  constructor(scope: Construct, id: string, props: TaskQueueProps) {
    super(scope, id);
    const settings = settingsOf(this, props);
    const { config, options, tasks } = settings;
    this.#assertAlone();
    bundleTasks(this, tasks, config);
    this.#serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });

    const store = new TaskStore(this, 'Store', { config });
    this.#store = store;
    this.network = store.network;
    this.#api = new TaskApi(this, 'Api', { store, config, xray: options.xray });
    this.url = this.#api.http.url;
    const { minWorkers, maxWorkers } = options;
    this.worker = addWorkers(this, {
      ...workerPropsOf(props),
      store,
      serviceName: this.#serviceName,
      policy: scalingPolicyFor({ slots: config.worker.concurrency, minWorkers, maxWorkers }),
    });
    this.#monitor(props, settings);
    this.environment = {
      [RESOURCES_VARIABLE]: Stack.of(this).toJsonString(store.resources),
      [ROUTING_VARIABLE]: routingOf(config),
    };
    addStoreOutputs(this, store.resources);
  }

  /**
   * Lets a process enqueue directly, without the HTTP API. It also needs `environment`. With
   * anything on PostgreSQL it must also be in `network`, with its security group `clients`.
   */
  grantEnqueue(grantee: IGrantable): void {
    const { files, queues, taskLog } = this.#store;
    for (const queue of queues) queue.grantEnqueue(grantee);
    taskLog?.grantRecord(grantee);
    files.grantOffload(grantee);
    this.#store.grantConnect(grantee);
  }

  /** Lets an IAM principal call the HTTP API. */
  grantInvoke(grantee: IGrantable): void {
    this.#api.http.grantInvoke(grantee);
  }

  /**
   * Tasks that wait or run, in all queues. With a queue on PostgreSQL, or with more than five
   * queues, only running workers report them.
   */
  metricBacklog(): Metric | MathExpression {
    const { queues } = this.#store;
    const metrics = queues.flatMap((queue) => [queue.metricWaiting(), queue.metricInFlight()]);
    if (this.network || metrics.length > METRICS_OF_AN_EXPRESSION) {
      return serviceMetric(this.#serviceName, 'Tasks', 'Maximum');
    }
    const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
    return new MathExpression({
      label: 'Tasks that wait or run',
      expression: Object.keys(usingMetrics)
        .map((name) => `FILL(${name}, 0)`)
        .join(' + '),
      usingMetrics,
      period: Duration.minutes(1),
    });
  }

  #monitor(props: TaskQueueProps, { config, options }: TaskQueueSettings): void {
    const { http: api, functions, stream } = this.#api;
    const { queuesByName: queues, taskLog } = this.#store;
    const { minWorkers, maxWaitSeconds } = options;
    const serviceName = this.#serviceName;
    const monitored = { config, serviceName, minWorkers, queues, taskLog, api, stream, functions };
    const { alarms } = new TaskQueueAlarms(this, 'Alarms', {
      ...monitored,
      maxWaitSeconds,
      action: props.alarmAction,
    });
    new TaskQueueDashboard(this, 'Dashboard', { ...monitored, alarms });
  }

  /** The command line finds a deployment by the outputs of a stack. */
  #assertAlone(): void {
    const others = Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof TaskQueue && construct !== this);
    if (others.length === 0) return;
    const message = `a stack has one TaskQueue: give it one of its own, beside that of "${others[0]?.node.path}"`;
    throw new ConfigInvalidError(sourceOf(this), [{ path: '', message }]);
  }
}

const workerPropsOf = (props: TaskQueueProps) => {
  const { cpu, memoryLimitMiB, spot, onDemandBase, exec, network, workerImage } = props;
  const { containerInsights, otlpEndpoint, xray } = props;
  return {
    cpu,
    memoryLimitMiB,
    spot,
    onDemandBase,
    exec,
    otlpEndpoint,
    xray,
    containerInsights,
    network,
    image: workerImage,
  };
};
