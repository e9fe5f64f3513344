package io.rookery.images.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.images.BadArchiveException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RelationTest {
  @Test
  void parsesGroupsOfAlternatives() {
    List<List<Relation>> groups =
        Relation.parseField("libc6 (>= 2.36), python3:any | perl (<<5.40~) | x ,\n y(=1:2-3),");
    assertEquals(
        "[[libc6 (>= 2.36)], [python3, perl (<< 5.40~), x], [y (= 1:2-3)]]", groups.toString());
    assertEquals(List.of(), Relation.parseField(null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a (>= )", "a b", "(>= 1)", "a (~ 1)", "a |", "ä"})
  void refusesNonsense(String field) {
    assertThrows(BadArchiveException.class, () -> Relation.parseField(field));
  }

  @ParameterizedTest
  @CsvSource({
    "<<, 1.9, true", "<<, 2.0, false", "<=, 2.0, true", "<=, 2.1, false", "=, 2.0, true",
    "=, 2.0-1, false", ">=, 2.0, true", ">=, 1.9, false", ">>, 2.1, true", ">>, 2.0, false",
    "<, 2.0, true", ">, 2.0, true",
  })
  void comparesVersions(String operator, String found, boolean accepted) {
    Relation relation = Relation.parseField("a (" + operator + " 2.0)").getFirst().getFirst();
    assertEquals(accepted, relation.accepts(DebianVersion.parse(found)));
  }
}
