import { keepAllOnPostgres } from '../support/a-config.ts';
import { repeatTestsOf } from '../support/repeat-tests.ts';

keepAllOnPostgres();

// Repeats every request of the suite.
await repeatTestsOf('./api-fuzz.test.ts', import.meta.url);
