/**
 * How a connector opens its listeners, accepts from them, and hands over what it has accepted.
 */
package io.sluice.internal.listen;
