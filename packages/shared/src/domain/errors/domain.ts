import { caller, type ErrorEntry } from './entry.ts';

/** DOMAIN_ERRORS is the part of the catalogue about domains of people's own. */
export const DOMAIN_ERRORS = {
  domain_refused: caller(
    422,
    'The domain cannot be used',
    'Give a name that you own, such as shop.example.org',
  ),
  domain_taken: caller(
    409,
    'Another project of your organization has this domain',
    'Remove it there first',
    'spt-flow domain remove <project> <domain>',
  ),
} as const satisfies Record<string, ErrorEntry>;
