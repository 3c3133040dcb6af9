import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import {
  type Dockerfile,
  expand,
  type Instruction,
  nameAndValue,
  type Stage,
} from './dockerfile.ts';

/** The state of a stage so far. */
type Layer = {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly variables: Map<string, string>;
  readonly environment: Map<string, string>;
  directory: string;
  user: string;
  entrypoint: readonly string[];
};

export type Image = Omit<Layer, 'variables'>;

export type BuildOptions = {
  /** The files that COPY sees. */
  readonly context: string;
  /** Where stages are made, one folder each. */
  readonly target: string;
  readonly say: (line: string) => void;
};

/**
 * Carries out a Dockerfile in empty folders, one for each stage, with the programs of this machine in
 * place of those of the base image. Only the stages that the last one needs are built.
 * @throws for an instruction that it does not know
 */
export function buildImage(dockerfile: Dockerfile, options: BuildOptions): Image {
  const built = new Map<string, Layer>();
  const layerOf = (name: string): Layer => {
    const known = built.get(name);
    if (known) return known;
    const stage = dockerfile.stages.find((candidate) => candidate.name === name);
    if (!stage) throw new Error(`There is no stage "${name}".`);
    const layer = buildStage(stage);
    built.set(name, layer);
    return layer;
  };

  const buildStage = (stage: Stage): Layer => {
    const isStage = dockerfile.stages.some(({ name }) => name === stage.from);
    const base = isStage ? layerOf(stage.from) : undefined;
    const layer: Layer = {
      root: join(options.target, stage.name),
      variables: new Map(),
      environment: new Map(base?.environment),
      directory: base?.directory ?? '/',
      user: base?.user ?? 'root',
      entrypoint: base?.entrypoint ?? [],
    };
    mkdirSync(layer.root);
    if (base) cpSync(base.root, layer.root, { recursive: true });
    options.say(`FROM ${stage.from} AS ${stage.name}`);
    for (const instruction of stage.instructions) {
      options.say(`  ${instruction.name} ${instruction.text.slice(0, 100)}`);
      carryOut(instruction, layer);
    }
    return layer;
  };

  const carryOut = ({ name, text }: Instruction, layer: Layer): void => {
    const step = steps[name];
    if (!step) throw new Error(`${name} is not known here: ${text}`);
    step(text, layer);
  };

  const steps: Record<string, (text: string, layer: Layer) => void> = {
    ARG: (text, { variables }) => {
      const [name, value = ''] = nameAndValue(text);
      variables.set(name, dockerfile.args.get(name) ?? value);
    },
    ENV: (text, { environment, variables }) => {
      const [name, value = ''] = nameAndValue(expand(text, variables));
      environment.set(name, value);
    },
    WORKDIR: (text, layer) => {
      layer.directory = posix.resolve(layer.directory, text);
      mkdirSync(join(layer.root, layer.directory), { recursive: true });
    },
    COPY: (text, layer) => {
      const parts = text.split(' ');
      const from = parts[0]?.startsWith('--from=') ? parts.shift()?.slice(7) : undefined;
      const source = from === undefined ? options.context : layerOf(from).root;
      const destination = parts.pop() ?? '.';
      copy(
        parts.map((path) => join(source, path)),
        join(layer.root, posix.resolve(layer.directory, destination)),
        destination.endsWith('/'),
      );
    },
    RUN: (text, layer) => {
      execFileSync('sh', ['-ec', text], {
        cwd: join(layer.root, layer.directory),
        env: { ...ofThisMachine(), ...entries(layer.environment), ...entries(layer.variables) },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    },
    USER: (text, layer) => {
      layer.user = text;
    },
    // Where it is mounted is the task definition's business.
    VOLUME: () => {},
    ENTRYPOINT: (text, layer) => {
      layer.entrypoint = JSON.parse(text);
    },
  };

  const last = dockerfile.stages.at(-1);
  if (!last) throw new Error('The Dockerfile is empty.');
  return layerOf(last.name);
}

/** A folder's content, or files into a folder, as COPY does. */
function copy(sources: readonly string[], destination: string, isFolder: boolean): void {
  for (const source of sources) {
    const target =
      isFolder || sources.length > 1 ? join(destination, basename(source)) : destination;
    cpSync(source, target, { recursive: true });
  }
}

const entries = (map: ReadonlyMap<string, string>) => Object.fromEntries(map);

/** Nothing of the caller's own settings, but where programs and npm's registry and cache are, and whom to trust. */
export const ofThisMachine = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined &&
      /^(PATH|HOME|NODE_EXTRA_CA_CERTS|(https?|no)_proxy|npm_config_(cache|registry|cafile))$/i.test(
        name,
      )
        ? [[name, value]]
        : [],
    ),
  );
