"""Which layers are shared out over processes."""

from torch import nn

from finsta.training.loop.sharding import _layers


class Objective(nn.Module):
    """A host's model beside graph encoders that call parts of their layers."""

    def __init__(self):
        super().__init__()
        self.model = nn.ModuleDict({"layers": nn.ModuleList([nn.Linear(300, 300), nn.Linear(3, 3)])})
        self.teacher = nn.ModuleList([nn.Linear(300, 300)])


def test_only_large_repeated_layers_of_the_host_are_shared_out_by_themselves():
    objective = Objective()
    assert _layers(objective) == [objective.model["layers"][0]]


def test_of_an_objective_without_a_host_all_large_repeated_layers_are():
    objective = Objective()
    assert _layers(objective.teacher) == [objective.teacher[0]]
