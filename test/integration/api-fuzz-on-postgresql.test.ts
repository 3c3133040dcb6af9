import { keepAllOnPostgres } from '../support/a-config.ts';
import { repeatTestsOf } from '../support/repeat-tests.ts';

keepAllOnPostgres();

// The same requests.
await repeatTestsOf('./api-fuzz.test.ts', import.meta.url);
