/** Everything that is deployed in the test is in this account and region. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** The keys of the account's own user, with whom the emulator begins. */
export const ROOT = { accessKeyId: 'test', secretAccessKey: 'test' };
