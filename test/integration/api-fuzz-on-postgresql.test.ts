import { keepAllOnPostgres } from '../support/a-config.ts';

keepAllOnPostgres();

// Sends the same requests: importing the file registers its tests here.
await import('./api-fuzz.test.ts');
