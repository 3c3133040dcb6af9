import type { App } from 'aws-cdk-lib';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { parseDeploymentOptions } from '../../shared/deployment/deployment-options.ts';
import { DEFAULT_SERVICE_NAME } from '../../shared/deployment/metric-names.ts';
import { DataKey } from '../constructs/store/data-key.ts';
import { addFlowLogs } from '../constructs/store/flow-logs.ts';
import { scalingPolicyFor } from '../scaling-policy.ts';
import { ApiStack } from './api-stack.ts';
import { DataStack } from './data-stack.ts';
import { MonitoringStack } from './monitoring-stack.ts';
import { WorkerStack } from './worker-stack.ts';

/**
 * Creates every stack. Options come from the context, as in `cdk deploy -c stage=dev`:
 * - `stage`: prefixes the stacks, so that several deployments fit in one account
 * - `spot=true`: workers on Fargate Spot, except `onDemandBase` of them (1)
 * - `minWorkers`, `maxWorkers`: between 0 and 3 of them; with a queue on PostgreSQL at least 1
 * - `exec=true`: allows commands in the workers
 * - `xray=true`: traces of tasks in X-Ray; `otlpEndpoint`: the collector that gets the workers' instead
 * - `alarmEmail` or `alarmTopic`: recipient of alarms; `maxWaitSeconds=900,background=3600`: how long a
 *   task may wait; `budget`: US dollars a month
 * - `containerInsights=true`: metrics of the workers' processors and memory
 * - `kms=true`: encrypts by a key of the account's own; `flowLogs=true`: logs the connections of networks
 *
 * No stack names an account or region: the same templates deploy to any.
 * @throws {ConfigInvalidError} naming everything that is wrong
 */
export function createStacks(app: App, config: TaskQueueConfig) {
  const options = parseDeploymentOptions(app.node.getAllContext(), config);
  const { stage, spot, onDemandBase, minWorkers, maxWorkers, exec, otlpEndpoint, xray } = options;
  const { maxWaitSeconds, alarmEmail, alarmTopic, budget } = options;
  const prefix = stage ? `${stage}-` : '';
  const serviceName = `${prefix}${DEFAULT_SERVICE_NAME}`;
  const policy = scalingPolicyFor({ slots: config.worker.concurrency, minWorkers, maxWorkers });

  const data = new DataStack(app, `${prefix}TaskQueue-Data`, { config });
  const { store } = data;
  const api = new ApiStack(app, `${prefix}TaskQueue-Api`, { store, config, xray });
  const worker = new WorkerStack(app, `${prefix}TaskQueue-Worker`, {
    store,
    serviceName,
    policy,
    spot,
    exec,
    xray,
    containerInsights: options.containerInsights,
    onDemandBase,
    otlpEndpoint,
  });
  const monitoring = new MonitoringStack(app, `${prefix}TaskQueue-Monitoring`, {
    maxWaitSeconds,
    alarmEmail,
    alarmTopic,
    budget,
    monitored: {
      config,
      serviceName,
      minWorkers,
      queues: store.queuesByName,
      taskLog: store.taskLog,
      api: api.api.http,
      stream: api.api.stream,
      functions: api.api.functions,
    },
  });
  if (options.flowLogs) addFlowLogs(app);
  if (options.kms) {
    const key = new DataKey(data, 'DataKey');
    key.encrypt(app);
    for (const user of [...api.api.dataUsers, worker.worker]) key.grantUse(user);
  }
  return { data, api, worker, monitoring };
}
