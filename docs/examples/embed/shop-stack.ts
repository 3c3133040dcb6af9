import { join } from 'node:path';
import { CfnOutput, Stack, TimeZone } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { TaskQueue } from 'serverless-task-queue/constructs';

export class ShopStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const tasks = new TaskQueue(this, 'Tasks', {
      tasks: join(import.meta.dirname, 'tasks'),
      queues: [
        { name: 'express', weight: 90, broker: { type: 'sqs' } },
        { name: 'standard', weight: 10, broker: { type: 'sqs' } },
      ],
      defaultQueue: 'standard',
      spot: true,
      maxWorkers: 10,
    });
    tasks.worker.scaleOnSchedule('morning', {
      schedule: Schedule.cron({ hour: '7', minute: '30', weekDay: 'MON-FRI' }),
      timeZone: TimeZone.EUROPE_BERLIN,
      minWorkers: 2,
    });
    tasks.worker.scaleOnSchedule('evening', {
      schedule: Schedule.cron({ hour: '20', minute: '0', weekDay: 'MON-FRI' }),
      timeZone: TimeZone.EUROPE_BERLIN,
      minWorkers: 0,
    });

    // A function of our own that enqueues by itself: without HTTP, and without its 29 s.
    const order = new NodejsFunction(this, 'Order', {
      entry: join(import.meta.dirname, 'functions/order.ts'),
      runtime: Runtime.NODEJS_24_X,
      environment: { ...tasks.environment },
      bundling: { format: OutputFormat.ESM, banner: REQUIRE, mainFields: ['module', 'main'] },
    });
    tasks.grantEnqueue(order);

    tasks
      .metricBacklog()
      .createAlarm(this, 'ManyOrders', { threshold: 10_000, evaluationPeriods: 5 });
    new CfnOutput(this, 'TasksUrl', { value: tasks.url });
  }
}

/**
 * CommonJS packages in an ES module still call require for Node's own modules. By a name that nothing
 * else in the bundle has.
 */
const REQUIRE =
  "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";
