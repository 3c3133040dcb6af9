import { keepAllOnPostgres } from '../support/a-config.ts';

keepAllOnPostgres();

// The same requests: its tests register themselves here.
await import('./api-fuzz.test.ts');
