import { type MatrixRow, ROLES, type Role } from './api-matrix.ts';

const HEADINGS: Record<Role, string> = {
  anonymous: 'anonymous',
  owner: 'owner of the task',
  other: 'another owner',
  admin: 'admin',
};

/** The matrix as a table for docs/api.md, its routes in the given order. */
export function renderMatrix(rows: readonly (readonly [route: string, MatrixRow])[]): string {
  const lines = rows.map(([route, row]) => [
    `\`${route}\``,
    ...ROLES.map((role) => cell(row, role)),
  ]);
  return [
    ['route', ...ROLES.map((role) => HEADINGS[role])],
    ['---', ...ROLES.map(() => '---')],
  ]
    .concat(lines)
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** He is answered, but as if the task did not exist. */
const cell = (row: MatrixRow, role: Role): string =>
  role === 'other' && row.tells && row.other < 400 ? `${row.other}, without it` : `${row[role]}`;
