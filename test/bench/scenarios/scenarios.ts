import { burnScenario } from './burn.ts';
import { idleLatencyScenario } from './idle-latency.ts';
import { idleRequestsScenario } from './idle-requests.ts';
import { lowOnlyScenario } from './low-only.ts';
import { memoryScenario } from './memory.ts';
import { saturatedScenario } from './saturated.ts';
import type { Scenario } from './scenario.ts';
import { sparsePriorityScenario } from './sparse-priority.ts';
import { tenMsScenario } from './ten-ms.ts';

export const SCENARIOS: readonly Scenario[] = [
  burnScenario(10),
  burnScenario(100),
  tenMsScenario,
  idleLatencyScenario,
  saturatedScenario,
  lowOnlyScenario,
  sparsePriorityScenario,
  idleRequestsScenario,
  memoryScenario,
];
