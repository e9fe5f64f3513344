/** Raw sockets. */
package io.rookery.tcpip.raw;
