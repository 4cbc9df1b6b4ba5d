/**
 * Shows values in error messages, for the rooms above this one.
 *
 * @module
 */
export { describeValue } from "../../internal/describe_value.ts";
