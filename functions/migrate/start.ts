import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

const lambda = new LambdaClient();
const secrets = new SecretsManagerClient();

/**
 * Migrates a database, for CloudFormation: fetches the admin's password from Secrets Manager, and passes
 * it to the function that reaches the database. Neither is logged.
 *
 * That all of it is repeated, as after a lost connection, is safe: migrations wait for each other, and
 * are applied once. Nothing is undone, neither by a rollback nor when the stack is deleted.
 * @throws what the migration failed with, which CloudFormation shows
 */
export const handler = async ({
  RequestType,
}: Pick<CloudFormationCustomResourceEvent, 'RequestType'>): Promise<object> => {
  if (RequestType === 'Delete') return {};
  const secret = await secrets.send(
    new GetSecretValueCommand({ SecretId: process.env['ADMIN_SECRET'] }),
  );
  const { username, password } = JSON.parse(secret.SecretString ?? '');
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: process.env['MIGRATE_FUNCTION'],
      Payload: JSON.stringify({ username, password }),
    }),
  );
  const answer = JSON.parse(Payload?.transformToString() ?? '');
  if (FunctionError !== undefined) {
    throw new Error(`The database was not migrated: ${answer.errorMessage}`);
  }
  return { Data: { applied: answer.join(', ') } };
};
