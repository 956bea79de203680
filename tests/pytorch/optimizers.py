"""Optimizers that PyTorch 1.13 lacks, or has otherwise, by their formulas."""
import torch


class Formula:
    """The step of an optimizer by its formula for one parameter, `update(w, gradient, state, group)`."""

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is not None:
                    self.update(w, w.grad, self.state[w], group)


class Lion(Formula, torch.optim.Optimizer):
    """Chen et al. 2023, arXiv:2302.06675, algorithm 2."""

    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0, foreach=False):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def update(self, w, gradient, state, group):
        beta1, beta2 = group["betas"]
        mean = state.setdefault("exp_avg", torch.zeros_like(w))
        w -= group["lr"] * (torch.sign(beta1 * mean + (1 - beta1) * gradient) + group["weight_decay"] * w)
        state["exp_avg"] = beta2 * mean + (1 - beta2) * gradient


class NAdam(Formula, torch.optim.NAdam):
    """torch.optim.NAdam as it is documented; PyTorch 1.13's has the last factor of mu_product twice in the next product."""

    def update(self, w, gradient, state, group):
        beta1, beta2 = group["betas"]
        if not state:
            state.update(step=torch.tensor(0.0), mu_product=torch.tensor(1.0), exp_avg=torch.zeros_like(w), exp_avg_sq=torch.zeros_like(w))
        state["step"] += 1
        t = state["step"].item()
        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (at * group["momentum_decay"])) for at in (t, t + 1))
        state["mu_product"] *= mu
        product = state["mu_product"].item()
        gradient = gradient + group["weight_decay"] * w
        state["exp_avg"].mul_(beta1).add_(gradient, alpha=1 - beta1)
        state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        root = (state["exp_avg_sq"] / (1 - beta2**t)).sqrt() + group["eps"]
        w -= group["lr"] * ((1 - mu) / (1 - product) * gradient + mu_next / (1 - product * mu_next) * state["exp_avg"]) / root
