/** What to do about an error that AWS, or the SDK before it asks AWS, gives by one of these names. */
const ADVICE: readonly (readonly [names: RegExp, advice: string])[] = [
  [
    /^(ExpiredToken(Exception)?|RequestExpired|TokenProviderError)$/,
    'Sign in again (with SSO: `aws sso login`), or use other credentials: --aws-profile.',
  ],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException|InvalidAccessKeyId|IncompleteSignature|AuthFailure)$/,
    'AWS does not know these credentials. Look whose they are with `aws sts get-caller-identity`, or use others: --aws-profile.',
  ],
  [
    /^(AccessDenied(Exception)?|AccessDeniedError|UnauthorizedOperation)$/,
    'Have the action allowed for these credentials, or use others: --aws-profile.',
  ],
  [
    /^CredentialsProviderError$/,
    'Name a profile of `aws configure list-profiles` with --aws-profile, sign in to it (with SSO: `aws sso login`),\n' +
      'or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ],
  [/^(Throttling(Exception)?|TooManyRequestsException)$/, 'Try again in a minute.'],
];

/** The SDK throws it as a plain error. */
const NO_REGION = /^Region is missing/;

/** The next step, when the error or what caused it is one of AWS's that people can do something about. */
export function adviceOn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (NO_REGION.test(error.message)) return 'Name the region with --region, or set AWS_REGION.';
  const [, advice] = ADVICE.find(([names]) => names.test(error.name)) ?? [];
  return advice ?? adviceOn(error.cause);
}
