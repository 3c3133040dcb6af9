import type { Options } from './options.ts';
import type { Entry, RoundTrip, Scenario } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';

/** Starting the emulators and warming them up. */
const SECONDS_PER_STAGE = 4;
const SECONDS_PER_QUICK_RUN = 1.5;

/** One scenario with one round trip, on emulators of its own. */
export type Stage = {
  readonly scenario: Scenario;
  readonly roundTripMs: RoundTrip;
  readonly entries: readonly Entry[];
  readonly repetitions: number;
  readonly runsTogether: boolean;
};

/** Lists the stages to measure, in order. */
export const planOf = (options: Options): Stage[] =>
  SCENARIOS.filter(({ name }) => options.scenarios.includes(name)).flatMap((scenario) =>
    options.roundTrips.flatMap((roundTripMs) => stageOf(scenario, roundTripMs, options)),
  );

function stageOf(scenario: Scenario, roundTripMs: RoundTrip, options: Options): Stage[] {
  const { isQuick, systems, runs } = options;
  const usual = scenario.runs[roundTripMs];
  const entries = scenario.entries.filter(({ system }) => systems.includes(system));
  if (usual === 0 || entries.length === 0) return [];
  const { runsTogether } = scenario;
  return [
    {
      scenario,
      roundTripMs,
      entries,
      repetitions: runs ?? (isQuick ? 1 : usual),
      runsTogether: runsTogether === 'always' || (isQuick && runsTogether === 'when quick'),
    },
  ];
}

export const secondsOf = (stages: readonly Stage[], isQuick: boolean): number =>
  stages.reduce((sum, { scenario, roundTripMs, entries, repetitions, runsTogether }) => {
    const each = isQuick ? SECONDS_PER_QUICK_RUN : scenario.secondsPerRun[roundTripMs];
    const inTurn = runsTogether ? 1 : entries.length;
    return sum + SECONDS_PER_STAGE + each * inTurn * repetitions;
  }, 0);
