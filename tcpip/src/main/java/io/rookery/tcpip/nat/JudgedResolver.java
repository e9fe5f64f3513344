package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.dns.DnsAnswer;
import io.rookery.tcpip.dns.NameResolver;

/** A resolver as far as the policy allows, that remembers by which names addresses were found. */
record JudgedResolver(NameResolver inner, Judge judge, LearnedNames names) implements NameResolver {

  @Override
  public DnsAnswer resolve(String name, int type, IpAddress client) {
    if (!judge.name(name, client)) {
      return DnsAnswer.noSuchName();
    }
    DnsAnswer answer = inner.resolve(name, type, client);
    names.learn(name, answer.addresses());
    return answer;
  }
}
