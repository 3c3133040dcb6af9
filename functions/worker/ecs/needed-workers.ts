/** One version of the workers in an ECS service. */
export type Deployment = {
  readonly id: string;
  /** Whether it is the latest: that which is to stay. */
  readonly isPrimary: boolean;
  /** Workers of it that run, and can be counted on. */
  readonly running: number;
};

export type ServiceState = {
  /** Workers that the service wants, of all deployments. */
  readonly desired: number;
  readonly deployments: readonly Deployment[];
};

/**
 * How many workers of a deployment its service still needs. While another one is rolled out, those that
 * run of the latest stand in for as many of the others; what is still missing of it, the others do.
 * @param id of the deployment; none of an unknown one is needed
 */
export function neededWorkers({ desired, deployments }: ServiceState, id: string): number {
  const deployment = deployments.find((each) => each.id === id);
  if (!deployment) return 0;
  if (deployment.isPrimary) return desired;
  const latest = deployments.find(({ isPrimary }) => isPrimary);
  return Math.max(desired - (latest?.running ?? 0), 0);
}
