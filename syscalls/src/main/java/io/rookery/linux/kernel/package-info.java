/**
 * The objects of a running Linux: the {@link io.rookery.linux.kernel.Kernel}, its processes and
 * threads, signals, wait queues, timers, futexes and resource limits.
 */
package io.rookery.linux.kernel;
