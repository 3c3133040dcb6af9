import { describe, expect, test } from 'vitest';
import { requestOfLine } from '../../shared/bulk/bulk-line.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { parseTrace } from '../../shared/simulation/arrivals.ts';
import { parseParameters, taskCatalogue } from '../../shared/task/task-definition.ts';
import { contracts } from '../tasks/contracts.ts';
import { type Block, blocksIn, placeOf } from './blocks.ts';

type Kind = 'bulk' | 'trace' | 'config' | 'part' | 'queue' | 'other';

/** Blocks that are no input of ours: what they are, by the key that only they have. */
const OTHERS: Readonly<Record<string, string>> = {
  Effect: 'a policy of IAM',
  'detail-type': 'an event; test/unit/docs-events.test.ts compares it with a real one',
  _aws: 'a line of metrics',
  message: 'a log line',
  busySlots: 'the heartbeat file',
};

const QUEUE = { name: 'main', weight: 1, broker: { type: 'sqs' } };
const TASKS = taskCatalogue(contracts);

const linesOf = ({ text }: Block): string[] => text.split('\n').filter((line) => line !== '');

function kindOf({ text }: Block): Kind {
  if (text.startsWith('{"name"')) return 'bulk';
  if (text.startsWith('{"at"')) return 'trace';
  const json = JSON.parse(text);
  if (Object.keys(OTHERS).some((key) => key in json)) return 'other';
  if ('broker' in json) return 'queue';
  return 'queues' in json ? 'config' : 'part';
}

const CHECKS: Readonly<Record<Kind, (block: Block) => void>> = {
  bulk: (block) => {
    for (const [index, text] of linesOf(block).entries()) {
      const request = requestOfLine(
        { number: index + 1, text, bytes: text.length },
        {},
        () => undefined,
      );
      if (request === undefined || 'line' in request) throw new Error(JSON.stringify(request));
      parseParameters(TASKS.get(request.name), request.parameters);
    }
  },
  trace: (block) => {
    expect(parseTrace(linesOf(block), ['priority', 'background'])).toHaveProperty('tasks');
  },
  config: ({ text, page }) => void parseConfig(JSON.parse(text), page),
  part: ({ text, page }) => void parseConfig({ queues: [QUEUE], ...JSON.parse(text) }, page),
  queue: ({ text, page }) => void parseConfig({ queues: [JSON.parse(text)] }, page),
  other: () => undefined,
};

const blocks = blocksIn('json');

describe('every JSON block of the pages is accepted by the code that reads such', () => {
  test.each(blocks.map((block) => [placeOf(block), block] as const))('%s', (_place, block) => {
    CHECKS[kindOf(block)](block);
  });

  test('no kind of block is excepted that no page has', () => {
    const keys = blocks
      .filter((block) => kindOf(block) === 'other')
      .flatMap(({ text }) => Object.keys(JSON.parse(text)));

    expect(keys).toEqual(expect.arrayContaining(Object.keys(OTHERS)));
  });
});
