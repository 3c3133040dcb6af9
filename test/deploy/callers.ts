import { iamSigner } from '../../exports/iam-signer.ts';
import type { contracts } from '../../functions/tasks/contracts.ts';
import { createClient } from '../../shared/client/client.ts';
import { REGION } from './account.ts';
import { apiUrlOf, callQuery, fetchFrom } from './call-aws.ts';
import type { Outputs } from './cdk.ts';
import type { Emulator } from './emulator.ts';

type CallerName = 'Alice' | 'Bob' | 'Mallory';

/** The client of one of the users of callers-stack.ts, with a key made for this. */
export async function createCaller(emulator: Emulator, outputs: Outputs, name: CallerName) {
  const arn = outputs['TaskQueue-Callers']?.[`${name}User`] ?? '';
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = await callQuery(
    emulator,
    'iam',
    { Action: 'CreateAccessKey', Version: '2010-05-08', UserName: arn.split('/').at(-1) ?? '' },
    ['AccessKeyId', 'SecretAccessKey'],
  );
  const credentials = { accessKeyId, secretAccessKey };
  const client = createClient<typeof contracts>({
    url: apiUrlOf(emulator, outputs['TaskQueue-Api']?.['ApiUrl'] ?? ''),
    sign: iamSigner({ credentials, region: REGION }),
    fetch: fetchFrom(emulator),
  });
  return { arn, client, credentials };
}
