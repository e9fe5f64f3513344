/**
 * Packets as they lie in memory: static views over bytes that read and write fields, checked once
 * by the {@code parse} or {@code check} of each format. No state, no allocation, and no exception
 * for any content.
 */
package io.rookery.tcpip.wire;
