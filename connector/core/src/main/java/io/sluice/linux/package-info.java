/**
 * What Linux does for a drain. The door is {@link io.sluice.linux.ReusePortGroup}, with {@link
 * io.sluice.linux.KernelListener} for each listener in it; {@link io.sluice.linux.Features} says whether it can be opened.
 */
package io.sluice.linux;
