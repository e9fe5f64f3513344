/**
 * What drives a stack: one lock, a timer queue, the packets and events that leave when the lock is
 * free.
 */
package io.rookery.tcpip.core;
