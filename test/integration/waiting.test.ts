import { describe, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../functions/dev/local-stack.ts';

const TASK = { name: 'compute-statistics', parameters: { values: [1, 2, 9] } };

async function enqueue({ apiUrl }: LocalStack): Promise<string> {
  const accepted = await fetch(`${apiUrl}/tasks`, { method: 'POST', body: JSON.stringify(TASK) });
  return ((await accepted.json()) as { id: string }).id;
}

describe('a request that waits for a task', { timeout: 60_000 }, () => {
  test('gets an answer when it ends', async () => {
    const stack = await startLocalStack({ port: 0, workers: 1 });
    try {
      const id = await enqueue(stack);

      const reply = await fetch(`${stack.apiUrl}/tasks/${id}?wait=25`);

      expect(reply.status).toBe(200);
      expect(await reply.json()).toMatchObject({ id, status: 'completed' });
    } finally {
      await stack.stop();
    }
  });

  test('is answered when the API stops, and does not keep it', async () => {
    const stack = await startLocalStack({ port: 0, workers: 0 });
    const id = await enqueue(stack);

    const waiting = fetch(`${stack.apiUrl}/tasks/${id}/status?wait=25`);
    // Whatever is asked later is answered later: by then the waiting request is there.
    await fetch(`${stack.apiUrl}/tasks/${id}`);
    await stack.stop();

    // A process that is killed at the end of its grace answers nothing.
    expect(await (await waiting).json()).toMatchObject({ id, status: 'enqueued' });
  });
});
