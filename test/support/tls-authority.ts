import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A certificate authority of a test's own, and what it has signed for the host "localhost". Takes
 * `openssl`: Node.js makes no certificates.
 * @returns the paths of the authority's certificate, and of the server's certificate and key
 */
export async function tlsAuthority(folder: string) {
  const at = (name: string): string => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const openssl = (...args: string[]) => run('openssl', args);
  const subject = ['-subj', '/CN=authority of a test'];
  const authority = ['-x509', '-days', '2', '-keyout', at('ca.key'), '-out', at('ca.pem')];
  await openssl('req', ...newKey, ...authority, ...subject);
  const request = ['-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=localhost'];
  await openssl('req', ...newKey, ...request);
  await writeFile(at('extensions'), 'subjectAltName = DNS:localhost');
  const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2'];
  const signed = ['-in', at('server.csr'), '-out', at('server.pem'), '-extfile', at('extensions')];
  await openssl('x509', '-req', ...signer, ...signed);
  return { ca: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') };
}
