import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { TableState } from '../check/seen.ts';

/** @throws whatever DynamoDB answers */
export async function tableState(dynamodb: DynamoDBClient, TableName: string): Promise<TableState> {
  const [{ Table }, { TimeToLiveDescription }] = await Promise.all([
    dynamodb.send(new DescribeTableCommand({ TableName })),
    dynamodb.send(new DescribeTimeToLiveCommand({ TableName })),
  ]);
  const isExpiring = /^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? '');
  const { StreamEnabled, StreamViewType } = Table?.StreamSpecification ?? {};
  return {
    keys: (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName),
    indexes: (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName = '' }) => IndexName),
    timeToLive: isExpiring ? TimeToLiveDescription?.AttributeName : undefined,
    hasStream: StreamEnabled === true && StreamViewType === 'NEW_AND_OLD_IMAGES',
  };
}
