/** Sockets of AF_INET and AF_INET6: TCP, UDP and ping, their options and control messages. */
package io.rookery.linux.net.inet;
