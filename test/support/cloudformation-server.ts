import { answer, type Reaction, serverThat } from './answering-server.ts';

const XMLNS = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

type Outputs = Readonly<Record<string, string>>;

/** How CloudFormation describes a stack. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
function described(name: string, outputs: Outputs): string {
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${escaped(value)}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse xmlns="${XMLNS}"><DescribeStacksResult><Stacks><member>
    <StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
    <CreationTime>2026-11-24T09:00:00Z</CreationTime><Outputs>${members.join('')}</Outputs>
    </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
}

/** An error as AWS's query protocol spells it. */
export const refusal = (status: number, code: string, message: string): Reaction =>
  answer(
    status,
    `<ErrorResponse xmlns="${XMLNS}"><Error><Type>Sender</Type><Code>${code}</Code>
      <Message>${escaped(message)}</Message></Error></ErrorResponse>`,
    'text/xml',
  );

/** A CloudFormation that knows these stacks by name, each with its outputs. */
export const cloudformationWith = (stacks: Readonly<Record<string, Outputs>>) =>
  serverThat((response, seen) => {
    const name = new URLSearchParams(seen.body).get('StackName') ?? '';
    const outputs = stacks[name];
    const reaction = outputs
      ? answer(200, described(name, outputs), 'text/xml')
      : refusal(400, 'ValidationError', `Stack with id ${name} does not exist`);
    reaction(response, seen);
  });

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
