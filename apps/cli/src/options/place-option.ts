import { CHOOSABLE_PLACES } from '@spt-flow/shared/domain/places';
import { Option } from 'commander';

export function placeOption(description: string): Option {
  return new Option('--provider <name>', description).choices(CHOOSABLE_PLACES);
}
