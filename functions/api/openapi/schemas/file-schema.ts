import * as z from 'zod';
import type { FileView } from '../../../../shared/api/views.ts';
import { dateTime, type Shape } from './shape.ts';

export const fileSchema = z
  .strictObject({
    url: z.string().describe('Downloads the file, whoever has it.'),
    name: z.string(),
    bytes: z.int().min(0),
    contentType: z.string(),
    expiresAt: dateTime.describe('When the address stops working.'),
  } satisfies Shape<FileView>)
  .meta({ id: 'TaskFile', description: 'Where the file of a task is.' });
