import { sendInvoice } from './send-invoice/contract.ts';

export const contracts = [sendInvoice] as const;
