import { Intrinsic, type IResolveContext } from 'aws-cdk-lib';
import type { CfnPolicy } from 'aws-cdk-lib/aws-iam';

/** AWS has no permissions of their own for them: who may send one message may send ten. */
const BATCHED = ['SendMessage', 'DeleteMessage', 'ChangeMessageVisibility'].map(
  (operation) => `sqs:${operation}`,
);

type Document = { readonly Statement: readonly { readonly Action: string | readonly string[] }[] };

/** Adds to every permission on single messages the one for batches of them. */
export function allowBatches(policy: CfnPolicy): void {
  policy.policyDocument = new WithBatches(policy.policyDocument);
}

/** Resolved as late as what it is made of: that has references to other stacks in it. */
class WithBatches extends Intrinsic {
  readonly #document: unknown;

  constructor(document: unknown) {
    super({});
    this.#document = document;
  }

  override resolve(context: IResolveContext): unknown {
    const { Statement, ...document } = context.resolve(this.#document) as Document;
    const statements = Statement.map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().flatMap(withBatch),
    }));
    return { ...document, Statement: statements };
  }
}

const withBatch = (action: string): string[] =>
  BATCHED.includes(action) ? [action, `${action}Batch`] : [action];
