import { mkdir, writeFile } from 'node:fs/promises';
import { scalingCharts } from './charts.ts';

const FOLDER = new URL('../../docs/operations/', import.meta.url);

await mkdir(FOLDER, { recursive: true });
for (const [name, svg] of scalingCharts()) await writeFile(new URL(name, FOLDER), svg);
