/** Functions that make queries, fields and the like for the commands on search indexes: what `ft` is in `valkey-ts/commands`. */
export { geoField, geoshapeField, numericField, tagField, textField, vectorField } from './search-schema.ts';
export {
  between,
  disjunct,
  equal,
  escape,
  ge,
  geo,
  gt,
  intersect,
  knn,
  le,
  lt,
  optional,
  querystring,
  tags,
  union,
  vectorRange,
} from './search-query.ts';
export { asc, desc } from './search-aggregate.ts';
