// `serverless-task-queue/client/iam-signer`: for APIs that let IAM principals in.

export { type IamSignerOptions, iamSigner } from '../shared/client/iam-signer.ts';
