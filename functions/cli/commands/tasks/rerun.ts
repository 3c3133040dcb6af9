import type { Command } from 'commander';
import { cliOf } from '../../cli.ts';
import { EXIT } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { refuseAll } from '../../kit/options/refuse-all.ts';
import { timeoutProblem, type WaitOptions } from '../../kit/options/wait-options.ts';

type RerunOptions = WaitOptions & { readonly force?: boolean };

export function addRerunCommand(program: Command): void {
  program
    .command('rerun')
    .description('enqueues logged tasks again, each as a new task')
    .argument('<ids...>', 'of the tasks')
    .option('--force', 'also those that have not ended yet')
    .option(
      '--wait',
      'wait for their ends and show their reports; exit code 1 unless all completed',
    )
    .option('--timeout <seconds>', 'wait no longer than that, 1 or more', wholeNumber(1))
    .addHelpText(
      'after',
      `
The new task has the same name, parameters, label and owner, and says of which it is a repetition.
The old record stays as it is. If one of the tasks cannot be repeated, none is.
${examples(['rerun 01KB2N5ZV4E8FJYV7D0Q1V6C3M --wait', 'waits for the new task'])}`,
    )
    .action(rerun);
}

async function rerun(ids: string[], options: RerunOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  refuseAll([timeoutProblem(options)]);
  const { dispatcher, log } = await cli.connect();
  const [{ rerunRequests }, { awaitEnds, noteOutcome, outcomeJson, outcomeText }] =
    await Promise.all([import('../../kit/rerun-requests.ts'), import('../../kit/await-end.ts')]);
  const requests = await rerunRequests(ids, log, options);
  const answers = await dispatcher.enqueueMany(requests);
  const tasks = answers.flatMap((answer, index) =>
    answer instanceof Error ? [] : { ...answer, retryOf: requests[index]?.retryOf ?? '' },
  );
  const failures = answers.filter((answer) => answer instanceof Error);
  const lines = tasks.map(({ id, queue, retryOf }) => `${id}  ${queue}  again ${retryOf}`);
  if (options.wait) {
    cli.note(lines.join('\n'));
    const waited = await awaitEnds(
      tasks.map(({ id }) => id),
      log,
      options.timeout,
    );
    const ended = waited.map((outcome, index) => ({ ...tasks[index], ...outcomeJson(outcome) }));
    cli.print({ tasks: ended }, () => waited.map(outcomeText).join(''));
    noteOutcome(waited, cli);
  } else {
    cli.print({ tasks }, () => lines.join('\n'));
  }
  for (const { message } of failures) cli.note(message);
  if (failures.length > 0) process.exitCode = EXIT.refused;
}
