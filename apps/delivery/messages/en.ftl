# To the buyer: the money is certain, the store is asked.
assured = { $store } has your order for { $total }. You hear from us as soon as it is accepted.
    .subject = Your order at { $store }
    .sms = { $brand }: { assured }

# The store takes it, and says how long it will take.
accepted = { $store } has accepted your order. { $how ->
        [fetched] You can fetch it from { $time } on.
       *[brought] It should be with you at about { $time }.
    }
    .subject = Your order is accepted
    .sms = { $brand }: { accepted }

# It can be fetched.
ready = Your order is ready at { $store }. Say this number when you fetch it: { $pin }
    .subject = Your order is ready
    .sms = { $brand }: { ready }

# Somebody brings it.
on_way = Your order from { $store } is on its way and should be with you at about { $time }. Say this number at the door: { $pin }
    .subject = Your order is on its way
    .sms = { $brand }: { on_way }

delivered = Your order from { $store } has been handed over. Enjoy it!
    .subject = Your order has arrived
    .sms = { $brand }: { delivered }

# Nobody was found yet who brings it.
no_rider = Nobody was free yet to bring your order from { $store }. We go on looking, and somebody sees to it.
    .subject = We are still looking for a rider
    .sms = { $brand }: { no_rider }

cancelled = Your order at { $store } is cancelled. { $who ->
        [buyer] You cancelled it.
        [merchant] The store could not take it.
        [too_late] It was paid after its goods were given to others.
       *[operator] We had to cancel it.
    }{ $has_why ->
        [yes] {" "}The reason: { $why }
       *[no] {""}
    }

    { $has_back ->
        [yes] { $back } goes back to you, the way you paid.
       *[no] You have nothing to pay for it.
    }{ $has_kept ->
        [yes] {" "}The store keeps { $kept }, because it had begun.
       *[no] {""}
    }{ $has_coins ->
        [yes] {" "}Your coins worth { $coins } are yours again.
       *[no] {""}
    }
    .subject = Your order is cancelled
    .sms = { $brand }: { cancelled }

# Money has gone back.
refunded = { $amount } went back to you for your order at { $store }. With some banks it takes a few days to be seen.
    .subject = { $amount } went back to you
    .sms = { $brand }: { refunded }

# The gateway is down, or did not say what became of it.
pay_waiting = Your payment of { $total } for { $store } is being looked at. You need not pay again: nothing is taken twice. You hear from us when it is settled.
    .subject = Your payment is being looked at
    .sms = { $brand }: { pay_waiting }

# It will not be paid for.
unpaid = Your order at { $store } was not placed: { $why ->
        [expired] it was not paid for in time.
       *[failed] the payment did not go through.
    } Nothing was taken; should anything arrive later, it goes back by itself. You can order again.
    .subject = Your payment did not go through
    .sms = { $brand }: { unpaid }

# To whoever works for a store.
shop_new = New order: { $things } things for { $total } at { $store }.
    .subject = New order
    .sms = { $brand }: { shop_new }

shop_cancelled = Order { $order } at { $store } is cancelled{ $who ->
        [buyer] {" "}by its buyer.
       *[operator] .
    }{ $has_why ->
        [yes] {" "}The reason: { $why }
       *[no] {""}
    }
    .subject = Order cancelled
    .sms = { $brand }: { shop_cancelled }

shop_stuck = Order { $order } at { $store } does not move on; it waits as { $status ->
        [pending] not accepted yet
        [confirmed] accepted and not begun
       *[preparing] being prepared
    }.
    .subject = An order waits
    .sms = { $brand }: { shop_stuck }

# To riders.
offered = { $pay } for { $km } km from { $store }. Will you bring it?
    .subject = A new offer
    .sms = { $brand }: { offered }

given = You have been given an order of { $store } to bring. Open the app to see where.
    .subject = An order for you
    .sms = { $brand }: { given }

taken_back = The order of { $store } is not yours to bring any more.
    .subject = Not yours any more
    .sms = { $brand }: { taken_back }

ride_cancelled = The order of { $store } is cancelled: there is nothing to bring.
    .subject = Order cancelled
    .sms = { $brand }: { ride_cancelled }

# To whoever works for the market.
stuck = Order { $order } of { $store } has not moved on for too long. It stands at: { $status }.
    .subject = An order does not move on
    .sms = { $brand }: { stuck }

unserved = Nobody was found to bring order { $order } of { $store }. Give it to somebody by hand.
    .subject = Nobody brings an order
    .sms = { $brand }: { unserved }

gateway = Payments by { $method ->
        [card] card
        [mobile_money] mobile money
       *[other] { $method }
    } wait: no gateway takes them now. They are tried again by themselves, and their buyers are told.
    .subject = Payments wait for a gateway
    .sms = { $brand }: { gateway }

pay_trouble = Payment { $payment } of { $amount } needs somebody to look at it: { $what ->
        [capture_failed] what was reserved could not be taken
        [refund_failed] it could not be given back
        [disputed] the gateway speaks of another amount
        [charged_back] the buyer's bank took it back
       *[unanswered] the gateway gives no answer
    }.
    .subject = A payment needs a person
    .sms = { $brand }: { pay_trouble }

# Announced power cuts: to buyers whose order is under way, and to riders in the area.
outage_order = The power will be cut at { $store } from { $from } to { $until }. Your order may take longer.
    .subject = A power cut at { $store }
    .sms = { $brand }: { outage_order }

outage_ride = The power will be cut in { $area } from { $from } to { $until }: stores close, and lights and lifts may not work.
    .subject = A power cut in { $area }
    .sms = { $brand }: { outage_ride }
