/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const HTTP_API_TIMEOUT_SECONDS = 30;

/** Of the functions that answer "as soon as the task ends": one that hangs ends before its caller gives up. */
export const WAITING_TIMEOUT_SECONDS = HTTP_API_TIMEOUT_SECONDS - 1;

/** The longest that a caller may ask to wait. The rest is for a slow read before, and after. */
export const MAX_WAIT_SECONDS = WAITING_TIMEOUT_SECONDS - 4;
