/** The ends of connections that are meant for others: what NAT in user space is built on. */
package io.rookery.tcpip.forward;
